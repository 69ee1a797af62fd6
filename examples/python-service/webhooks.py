"""Standard Webhooks signatures: HMAC-SHA256 over id.timestamp.body, with `whsec_` secrets. Nothing but the standard library."""

import base64
import binascii
import hashlib
import hmac
import re
import time

TOLERANCE_S = 300
ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")


def key_of(secret: str) -> bytes:
    """The key of a secret; ValueError when it is not one. The message never repeats the secret."""
    if not secret.startswith("whsec_"):
        raise ValueError("a secret starts with whsec_")
    try:
        key = base64.b64decode(secret[len("whsec_"):], validate=True)
    except binascii.Error as error:
        raise ValueError("after whsec_ a secret is base64") from error
    if not 24 <= len(key) <= 64:
        raise ValueError("a secret has 24 to 64 bytes")
    return key


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def sign(keys: list[bytes], message_id: str, body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signature(key, message_id, timestamp, body) for key in keys),
    }


def is_signed(keys: list[bytes], headers, body: bytes) -> bool:
    """Whether one of the keys signed it within the last five minutes. `headers` is an email.message.Message."""
    given = {name: headers.get_all(name) or [] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    if any(len(values) != 1 for values in given.values()):
        return False
    (message_id,), (timestamp,), (signatures,) = given.values()
    if not ID.fullmatch(message_id) or not TIMESTAMP.fullmatch(timestamp):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_S:
        return False
    candidates = signatures.split(" ")
    if len(candidates) > 8:
        return False
    matches = False
    for key in keys:
        expected = signature(key, message_id, timestamp, body).encode()
        for candidate in candidates:
            matches |= hmac.compare_digest(expected, candidate.encode("utf-8", "replace"))
    return matches
