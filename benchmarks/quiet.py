"""Our API without its edge: no logs, no metrics, no request ids; what those cost is the difference."""

from __future__ import annotations

import sys

import uvicorn

from analisa.entrypoints.container import open_application
from analisa.entrypoints.http.app import Given, create_litestar
from analisa.entrypoints.http.closing import Closing
from analisa.entrypoints.http.representations import Representations
from analisa.entrypoints.settings import read_settings


async def serve(port: int) -> None:
    async with open_application(read_settings(), redis=True, check_schema=False) as application:
        app = Representations(create_litestar(Given.by(application, Closing())))
        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False, lifespan="off"
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(int(sys.argv[1])))
