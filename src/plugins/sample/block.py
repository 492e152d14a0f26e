"""A block of creators and all that happens to them, each part drawn when it is first asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .audience import Audience, draw_audience
from .commenting import Comments, draw_comments
from .creators import BLOCK, Creators, Profiles, draw_creators, draw_profiles
from .draw import Purpose, stream
from .engagement import Snapshots, draw_snapshots
from .growth import Growth, draw_growth
from .habits import COUNTRIES, NETWORKS, NICHES, Country, profile_id, stem
from .posting import Posts, Span, draw_posts
from .words import words_of


class Block:
    """The creators of block *number* over *span*. Always drawn whole: a smaller world shows fewer of its rows."""

    def __init__(self, seed: int, number: int, span: Span) -> None:
        self.seed = seed
        self.number = number
        self.span = span

    def stream(self, purpose: Purpose) -> np.random.Generator:
        return stream(self.seed, self.number, purpose)

    @cached_property
    def creators(self) -> Creators:
        return draw_creators(self.stream(Purpose.CREATORS), self.number * BLOCK)

    @cached_property
    def profiles(self) -> Profiles:
        return draw_profiles(self.stream(Purpose.PROFILES), self.creators)

    @cached_property
    def growth(self) -> Growth:
        return draw_growth(self.stream(Purpose.GROWTH), self.profiles, self.span.days)

    @cached_property
    def posts(self) -> Posts:
        return draw_posts(self.stream(Purpose.POSTS), self.creators, self.profiles, self.growth, self.span)

    @cached_property
    def snapshots(self) -> Snapshots:
        return draw_snapshots(self.stream(Purpose.ENGAGEMENT), self.profiles, self.growth, self.posts, self.span)

    @cached_property
    def comments(self) -> Comments:
        return draw_comments(self.stream(Purpose.COMMENTS), self.creators, self.profiles, self.posts, self.span)

    @cached_property
    def audience(self) -> Audience:
        return draw_audience(self.stream(Purpose.AUDIENCE), self.creators, self.profiles)

    def country(self, creator: int) -> Country:
        return COUNTRIES[self.creators.country[creator]]

    def name(self, creator: int) -> str:
        people = self.creators
        words = words_of(self.country(creator).language)
        return words.name(people.words[creator].tolist(), brand=bool(people.brand[creator]))

    def bio(self, creator: int) -> str:
        people = self.creators
        words = words_of(self.country(creator).language)
        niche = NICHES[people.niche[creator]]
        return words.bio(niche, people.words[creator].tolist(), brand=bool(people.brand[creator]))

    def profiles_of(self, creators: int) -> int:
        """How many profiles the first *creators* creators have."""
        return int(np.searchsorted(self.profiles.creator, creators))

    def posts_of(self, creators: int) -> int:
        return int(np.searchsorted(self.posts.profile, self.profiles_of(creators)))

    def profile_ids(self, creators: int) -> list[str]:
        rows = self.profiles_of(creators)
        networks, numbers = self.profiles.network[:rows].tolist(), self.profiles.number[:rows].tolist()
        return [profile_id(NETWORKS[at], number) for at, number in zip(networks, numbers, strict=True)]

    def post_ids(self, creators: int) -> list[str]:
        rows = self.posts_of(creators)
        networks, numbers = self.profiles.network.tolist(), self.profiles.number.tolist()
        stems = [stem(NETWORKS[at], number) for at, number in zip(networks, numbers, strict=True)]
        profiles, ordinals = self.posts.profile[:rows].tolist(), self.posts.ordinal[:rows].tolist()
        return [f"{stems[profile]}.{ordinal}" for profile, ordinal in zip(profiles, ordinals, strict=True)]

    def comment_ids(self, creators: int) -> list[str]:
        """Of the comments under the posts of the first *creators* creators, in order."""
        posts = self.post_ids(creators)
        rows = int(np.searchsorted(self.comments.post, len(posts)))
        below, ordinals = self.comments.post[:rows].tolist(), self.comments.ordinal[:rows].tolist()
        return [f"{posts[post]}.c{ordinal}" for post, ordinal in zip(below, ordinals, strict=True)]
