"""Load the demonstration: invented creators with a history, in an organisation of their own, scored; or remove it.

Nothing of it mixes with your data. To look at it: ANALISA_ORGANISATION=demo analisa top
"""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from .demo_sign_in import EMAIL, demonstration_sign_in
from .opening import WrongArgument, add_home, with_application

if TYPE_CHECKING:
    from ...application.collection.demonstration import Demonstration
    from ...plugins.sample.world import SampleWorld
    from ..container import Application

SIZE, SEED, DAYS = 300, 7, 180
_WEEKS = 8
"""So many scores of earlier weeks are computed too, for the history."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=int, metavar="N", help=f"number of creators ({SIZE})")
    parser.add_argument("--seed", type=int, metavar="S", help=f"which world: the same seed is the same world ({SEED})")
    parser.add_argument("--remove", action="store_true", help="remove the demonstration and all that belongs to it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    if args.remove and (args.size is not None or args.seed is not None):
        raise WrongArgument(
            "--remove removes the demonstration whatever its size and seed; leave --size and --seed out"
        )
    return with_application(args, lambda application: (_remove if args.remove else _load)(args, application))


async def _remove(args: argparse.Namespace, application: Application) -> int:
    removed = await application.root.demonstration.remove()()
    _answer(args, {"removed": removed}, "the demonstration is removed" if removed else "there is no demonstration")
    return 0


async def _load(args: argparse.Namespace, application: Application) -> int:
    from ...application.collection.demonstration import LoadDemonstration  # noqa: PLC0415  the command line starts light
    from ...plugins.sample.world import SampleWorld  # noqa: PLC0415
    from .progress import shown_progress  # noqa: PLC0415

    size, seed = SIZE if args.size is None else args.size, SEED if args.seed is None else args.seed
    wanted = SampleWorld(seed=seed, creators=size, today=application.clock.now().date(), days=DAYS)
    load = application.root.demonstration.load()
    with shown_progress(quiet=args.json) as watch:
        held = await load(LoadDemonstration(world=wanted), watch)
    world = SampleWorld.from_recipe(held.world.recipe)
    _check(args, world)
    await _score(application, held, world)
    password = await demonstration_sign_in(application, held.actor)
    await _tell(args, application, held, world, password)
    return 0


def _check(args: argparse.Namespace, world: SampleWorld) -> None:
    """Refuse to pass off another world as the one that was asked for."""
    if args.size in {None, world.creators} and args.seed in {None, world.seed}:
        return
    raise WrongArgument(
        f"the demonstration holds another world, of size {world.creators} and seed {world.seed}; "
        "remove it first: analisa demo --remove"
    )


async def _score(application: Application, held: Demonstration, world: SampleWorld) -> None:
    """Give the demonstration tables of its own once, and scores; what an earlier call has done is not done again."""
    from ...application.analytics.references import BuildReference  # noqa: PLC0415
    from ...application.analytics.scoring import ScoreProfiles  # noqa: PLC0415

    tables, score = application.root.analytics.reference_tables(), application.root.analytics.score_profiles()
    owner = held.actor.organisation
    if any(stored.profiles for stored in await tables.all(held.actor)):
        await score(ScoreProfiles(owner=owner))
        return
    print("analisa: scoring the demonstration", file=sys.stderr, flush=True)
    await tables.build(BuildReference(actor=held.actor, switch=True))
    for weeks in range(_WEEKS, 0, -1):
        await score(ScoreProfiles(owner=owner, day=world.today - timedelta(weeks=weeks)))
    await score(ScoreProfiles(owner=owner, full=True))


async def _tell(
    args: argparse.Namespace, application: Application, held: Demonstration, world: SampleWorld, password: str
) -> None:
    views = application.root.collection.views()
    report = (await views.detail(held.actor, held.import_id)).report
    rows = {name: counts.rows for name, counts in report.tables.items()}
    facts = {"fresh": held.fresh, "size": world.creators, "seed": world.seed, "today": str(world.today), "rows": rows}
    facts |= {"sign_in": {"email": EMAIL, "password": password}}
    _answer(
        args,
        facts,
        f"the demonstration {'is loaded' if held.fresh else 'was there already'}: {world.creators} invented creators "
        f"up to {world.today}, {rows.get('posts', 0):,} posts, scored\n"
        f"  sign in      {EMAIL} with the password {password}\n"
        "  look at it   ANALISA_ORGANISATION=demo analisa top\n"
        "  remove it    analisa demo --remove",
    )


def _answer(args: argparse.Namespace, facts: dict[str, object], told: str) -> None:
    from .tables import print_json  # noqa: PLC0415

    if args.json:
        print_json(facts)
    else:
        print(told)
