"""Which influencers an actor may keep something of, in SQL."""

from __future__ import annotations

from typing import Final

SEEN: Final = """
    select i.id from influencers i where i.id = any($1::uuid[]) and i.archived_at is null
    and (i.owner = $2 or (i.owner is null and $3::boolean is not true))
"""
"""Of the ids $1 those that the organisation $2 sees; $3 says that it is the demonstration, which sees nobody else's."""
ALL_OF: Final = "(select a.id from influencers a where a.id = $1 or a.merged_into = $1)"
"""The influencer $1 and whoever is one with it: what is kept of any of them is kept of it."""
