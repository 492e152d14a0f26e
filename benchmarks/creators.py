"""A made-up catalogue of creators, as large as asked for, with everything that a search and its page read."""

from __future__ import annotations

import asyncpg

FIRST = [
    "Ana",
    "Maria",
    "João",
    "Pedro",
    "Lucas",
    "Beatriz",
    "Marina",
    "Rafael",
    "Camila",
    "Thiago",
    "Larissa",
    "Gustavo",
    "Fernanda",
    "Bruno",
    "Juliana",
    "Felipe",
    "Renata",
    "Diego",
    "Patrícia",
    "Vinícius",
    "Letícia",
    "André",
    "Sofia",
    "Matheus",
    "Isabela",
    "Caio",
    "Gabriela",
    "Otávio",
    "Helena",
    "Ricardo",
    "Lorena",
    "Murilo",
]
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "da",
    "de",
    "di",
    "do",
    "fa",
    "fe",
    "fi",
    "fo",
    "ga",
    "go",
    "ja",
    "jo",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "pa",
    "pe",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
]
TOPICS = [
    "viagem",
    "praia",
    "montanha",
    "receita",
    "cozinha",
    "bolo",
    "treino",
    "corrida",
    "moda",
    "beleza",
    "maquiagem",
    "jogos",
    "tecnologia",
    "finanças",
    "música",
    "humor",
    "travel",
    "beach",
    "recipe",
    "workout",
    "running",
    "fashion",
    "makeup",
    "gaming",
    "finance",
    "music",
    "family",
    "pets",
    "books",
    "art",
    "photo",
    "dance",
]

CATALOGUE = """
insert into profiles (network, network_id)
select (array['instagram', 'instagram', 'tiktok', 'youtube', 'facebook', 'x'])[1 + (random() * 5)::int], 'c' || n
from generate_series(1, {n}) n;

insert into influencers (name, kind, created_at)
select first[1 + (random() * (cardinality(first) - 1))::int] || ' ' || initcap(
        syllable[1 + id / {k} / {k} / {k} % {k}] || syllable[1 + id / {k} / {k} % {k}] || syllable[1 + id / {k} % {k}]
        || syllable[1 + id % {k}]) || ' #' || id,
    case when random() < 0.1 then 'brand' else 'person' end, now() - random() * interval '900 days'
from profiles, (select $1::text[] as first, $2::text[] as syllable) words;

insert into influencer_profiles (influencer_id, profile_id)
select id, split_part(name, '#', 2)::bigint from influencers;
update influencers set name = split_part(name, ' #', 1);

insert into profile_descriptions (profile_id, handle, display_name, bio, country, language, category, is_verified, import_no)
select l.profile_id, lower(replace(i.name, ' ', '.')) || l.profile_id % 100, i.name,
    topic[1 + (random() * (cardinality(topic) - 1))::int] || ' e ' || topic[1 + (random() * (cardinality(topic) - 1))::int]
        || case when random() < 0.2 then ' contato@exemplo.com.br' else '' end,
    (array['BR', 'BR', 'BR', 'US', 'PT', 'ES', 'AR', 'MX'])[1 + (random() * 7)::int], (array['pt', 'pt', 'en', 'es'])[1 + (random() * 3)::int],
    topic[1 + (random() * (cardinality(topic) - 1))::int], random() < 0.05, 1
from influencer_profiles l join influencers i on i.id = l.influencer_id, (select $3::text[] as topic) words;

insert into scores (profile_id, as_of, formula_version, table_version, score, confidence, half_width, gate, followers, raw, x, y,
    kappa, n, v, contributions, seed_share, cohort, reasons, inputs_sha256, computed_at, current)
select id, current_date, 'made-up', 'made-up', score, 0.5, 10, 1, 1000, six, six, six, six, six, six, six, six, 'all',
    '{{no_comments,no_follower_sample}}', id::text, now(), true
from (select id, 20 + 60 * random() as score, array_fill(10.0::double precision, array[6]) as six from profiles) drawn;

insert into standings (influencer_id, score, confidence, half_width, as_of, followers, contributions, seed_share, computed_at)
select l.influencer_id, s.score, 0.5, 10, s.as_of, 1000, s.contributions, s.seed_share, s.computed_at
from influencer_profiles l join scores s using (profile_id);

insert into discovery (influencer_id, profile_id, shown, several, measured, own, kind, added, network, score, confidence,
    followers_total, profile_score, followers, following, posts, total_views, er, avg_interactions, avg_likes, avg_comments, avg_views,
    posts_per_week, growth_30d, growth_90d, last_post, seen, country, language, verified, sponsored, handle, category, contact)
select i.id, l.profile_id, true, false, true, false, i.kind, i.created_at, f.network, s.score, s.confidence,
    size, s.score, size, 100 + random() * 900, 50 + random() * 2000, size * 100, nullif(er, 0), size * er / 100, size * er / 110,
    size * er / 2000, case when random() < 0.8 then size * random() end, random() * 9, case when random() < 0.7 then random() * 20 - 5 end,
    random() * 40 - 5, now() - random() * random() * interval '400 days', now(), d.country, d.language, d.is_verified,
    random() < 0.1, d.handle, d.category, case when d.bio ~ '@' then '{{email}}'::text[] else '{{}}' end
from influencers i
join influencer_profiles l on l.influencer_id = i.id
join profiles f on f.id = l.profile_id
join profile_descriptions d on d.profile_id = f.id
join standings s on s.influencer_id = i.id,
lateral (select round(1000 * exp(random() * 7 + 0 * f.id)) as size, round((random() * random() * 12)::numeric, 4) as er) drawn;

insert into discovery_texts (discovery_id, made_of, called, nick, words, hashtags, mentions)
select d.id, '', folded_words(i.name), regexp_replace(folded(d.handle), '[^[:alnum:]]+', '', 'g'),
    setweight(to_tsvector('simple', folded_words(i.name || ' ' || d.handle)), 'A')
    || setweight(to_tsvector('portuguese', folded_words(e.bio)) || to_tsvector('english', folded_words(e.bio)), 'B'),
    array[topic[1 + (random() * (cardinality(topic) - 1))::int]], '{{}}'
from discovery d join influencers i on i.id = d.influencer_id join profile_descriptions e on e.profile_id = d.profile_id,
    (select $3::text[] as topic) words;

insert into discovery_words (word, slips)
select word, slips(word) from (
    select distinct word from discovery_texts, unnest(tsvector_to_array(words)) word
    where length(word) between 3 and 24 and word ~ '[^0-9]') words;
"""


async def make_catalogue(connection: asyncpg.Connection, creators: int) -> None:
    """Fill an empty, migrated database with *creators* influencers of one profile each, and analyse it."""
    await connection.execute("select set_config('analisa.operator', 'on', false), setseed(0.42)")
    words = {"$1::text[]": FIRST, "$2::text[]": SYLLABLES, "$3::text[]": TOPICS}
    script = CATALOGUE.format(n=creators, k=len(SYLLABLES))
    for place, values in words.items():
        script = script.replace(place, "array['" + "','".join(values) + "']")
    for statement in filter(str.strip, script.split(";\n")):
        await connection.execute(statement, timeout=3600)
    await connection.execute("vacuum analyze", timeout=3600)
