"""`RefreshSecrets`: each refresh token follows from the one before by an HMAC."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable


class FollowingSecrets:
    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def following(self, token: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key(), token.encode(), "sha256")).rstrip(b"=").decode()
