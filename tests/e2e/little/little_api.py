"""A stand-in for the API: answers that it is ready, and what it was told."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from analisa.entrypoints.lifeline import follow, listening_socket

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
time.sleep(float(os.environ.get("LITTLE_API_LOADS_S", "0")))
if os.environ.get("LITTLE_API_FAILS"):
    sys.exit("the little API was told to fail")
follow()
port = listening_socket("127.0.0.1", int(os.environ["ANALISA_PORT"]))
while True:
    connection, _ = port.accept()
    with connection:
        connection.recv(4096)
        told = {name: text for name, text in os.environ.items() if name.startswith("ANALISA_")}
        body = json.dumps({**told, "pid": os.getpid()}).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body))
