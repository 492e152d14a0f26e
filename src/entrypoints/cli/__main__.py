"""`python -m analisa.entrypoints.cli` is `analisa`."""

import sys

from . import main

sys.exit(main())
