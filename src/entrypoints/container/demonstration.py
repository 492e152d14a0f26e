"""The wiring of the demonstration: the sample world, and the organisation that holds it."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...application.collection.demonstration import LoadDemonstrationHandler, RemoveDemonstrationHandler
from ...application.collection.ports import ImportRegister, ObservationStore
from ...application.collection.views import ImportViews
from ...application.influencers.directory import RegisterInfluencersHandler
from ...application.shared.organisations import Organisations
from ...application.shared.ports import Ids
from ...plugins.sample.world import SampleWorld


class Demonstration(containers.DeclarativeContainer):
    organisations: providers.Dependency[Organisations] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    register: providers.Dependency[ImportRegister] = providers.Dependency()
    imports: providers.Dependency[ImportViews] = providers.Dependency()
    store: providers.Dependency[ObservationStore] = providers.Dependency()
    register_influencers: providers.Dependency[RegisterInfluencersHandler] = providers.Dependency()

    load = providers.Factory(
        LoadDemonstrationHandler,
        organisations=organisations,
        register_influencers=register_influencers,
        register=register,
        imports=imports,
        store=store,
        ids=ids,
        made_from=providers.Object(SampleWorld.from_recipe),
    )
    remove = providers.Factory(RemoveDemonstrationHandler, organisations)
