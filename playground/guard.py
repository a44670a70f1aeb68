"""Who may ask the playground, and what its page may load.

A page of another site can't read our answers, unless its name suddenly leads to this
machine (DNS rebinding): then the browser takes them for its own. Such a request has
that name in its `Host` header, and never an address.
"""

import base64
import hashlib
import re
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

REFUSAL = "The playground answers to its own address only, not to this host name.\n"


def is_own_host(host: str, names: Collection[str] = ()) -> bool:
    """Return whether a `Host` header has an address, `localhost` or one of *names*."""
    found = re.fullmatch(r"(?:\[(?P<v6>[^\]]+)\]|(?P<name>[^:\[\]]+))(?::\d+)?", host)
    if found is None:
        return False
    if found["v6"] is None and found["name"].lower() in ("localhost", *names):
        return True
    try:
        ip_address(found["v6"] or found["name"])
    except ValueError:
        return False
    return True


def policy_for(*pages: Path) -> str:
    """Return a Content-Security-Policy: own files, and the scripts inside *pages*."""
    scripts = [
        script.encode()
        for page in pages
        for script in re.findall(
            r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL
        )
    ]
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in scripts
    ]
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *hashes)),
            "style-src 'self' 'unsafe-inline'",  # Monaco writes its own
            "font-src 'self' data:",
            "img-src 'self' data:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class Guard:
    """ASGI middleware that refuses foreign hosts and sends the policy.

    Args:
        app: The application.
        names: Host names that are ours, beside `localhost`.
        policy: The Content-Security-Policy of each response.
    """

    def __init__(self, app: Any, *, names: Collection[str], policy: str) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)
        self.policy = policy

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, if the request is to us."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self.policy
            await send(message)

        app = self.app
        if not is_own_host(Headers(scope=scope).get("host", ""), self.names):
            app = PlainTextResponse(REFUSAL, status_code=421)
        await app(scope, receive, send_with_policy)
