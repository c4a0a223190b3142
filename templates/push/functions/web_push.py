"""Asks a push service to wake a browser: a request without content, signed as RFC 8030 and RFC 8292 say.

A push without content needs no encryption, only a signature. The key for that never leaves the key service.
"""
import base64
import hashlib
import http.client
import json
import time
import urllib.parse

# Push services take signatures that last for a day at most.
SIGNED_SECONDS = 12 * 3600

URGENCIES = ("very-low", "low", "normal", "high")


class Gone(Exception):
    """The browser is subscribed no longer."""


class Undelivered(Exception):
    """The push service did not take it; it may take it later."""


class Forbidden(Exception):
    """An address that is no push service's."""


def origin_of(endpoint, hosts):
    """Addresses come from browsers, so anybody may have made them up: only push services that are known are asked."""
    address = urllib.parse.urlsplit(endpoint)
    name = address.hostname or ""
    known = any(name == host or (host.startswith(".") and name.endswith(host)) for host in hosts)
    if address.scheme != "https" or not known or address.port not in (None, 443) or address.username:
        raise Forbidden(f"no push service: {endpoint[:100]!r}")
    return f"https://{name}"


def plain(data):
    """Base64 as web tokens have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def fixed(signature):
    """The two numbers of a signature with 32 bytes each; the key service gives each with its length."""
    numbers = []
    rest = signature[2:]
    while rest:
        length = rest[1]
        numbers.append(rest[2:2 + length].lstrip(b"\0").rjust(32, b"\0"))
        rest = rest[2 + length:]
    return b"".join(numbers)


def authorization(origin, contact, kms, key):
    """Who we are, for one push service."""
    head = plain(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
    claims = {"aud": origin, "exp": int(time.time()) + SIGNED_SECONDS, "sub": contact}
    said = f"{head}.{plain(json.dumps(claims).encode())}"
    signature = kms.sign(
        KeyId=key, Message=said.encode(), MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    # The last 65 bytes are the point itself, which is what browsers subscribed with.
    point = kms.get_public_key(KeyId=key)["PublicKey"][-65:]
    return f"vapid t={said}.{plain(fixed(signature))}, k={plain(point)}"


def headers_of(message, settings, signed):
    return {
        "Authorization": signed,
        "TTL": str(settings["keep_seconds"]),
        "Urgency": settings["urgency"],
        # Should the same push be asked for twice after all, the second takes the place of the first that still waits.
        "Topic": plain(hashlib.sha256(message["id"].encode()).digest())[:32],
        "Content-Length": "0",
    }


def post(endpoint, headers):
    """The number that the push service answers with. Follows nothing: where to was checked."""
    address = urllib.parse.urlsplit(endpoint)
    connection = http.client.HTTPSConnection(address.hostname, timeout=8)
    try:
        path = urllib.parse.urlunsplit(("", "", address.path or "/", address.query, ""))
        connection.request("POST", path, headers=headers)
        answer = connection.getresponse()
        answer.read(10_000)
        return answer.status
    finally:
        connection.close()


def deliver(endpoint, headers):
    status = post(endpoint, headers)
    if status in (404, 410):
        raise Gone(endpoint)
    if not 200 <= status < 300:
        raise Undelivered(f"{urllib.parse.urlsplit(endpoint).hostname} answered {status}")
