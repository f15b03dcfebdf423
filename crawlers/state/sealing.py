"""What keeps personal data unreadable in the state: addresses and half-read pages name people."""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import TingfengError

_NONCE = 12  # bytes


class Sealer:
    """Encrypts (AES-256-GCM, a new nonce each) and digests (keyed BLAKE2b, 16 bytes) with keys made of `key`.

    Hosts that share a state share the data folder's key, as their pseudonyms have to be the same anyway.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.blake2b(key, digest_size=32, person=b"tingfeng seal").digest())
        self._key = hashlib.blake2b(key, digest_size=32, person=b"tingfeng digest").digest()

    def seal(self, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, None)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; raises `TingfengError` when it was sealed with another key."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except InvalidTag as error:
            raise TingfengError(
                "the state was written with another key; give this host the data folder's file `key` of the "
                "first, or begin with a new state"
            ) from error

    def seal_text(self, text: str) -> bytes:
        return self.seal(text.encode("utf-8", "surrogatepass"))

    def open_text(self, sealed: bytes) -> str:
        return self.open(sealed).decode("utf-8", "surrogatepass")

    def digest(self, *parts: str) -> bytes:
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=16, key=self._key).digest()
