"""A stand-in for a worker: works until it is told to end, or pays no heed when it is to be stubborn."""

from __future__ import annotations

import os
import signal
import sys
import time

from analisa.entrypoints.lifeline import follow

follow()
if os.environ.get("LITTLE_ROLE_IS_STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("at work", flush=True)
while True:
    time.sleep(60)
