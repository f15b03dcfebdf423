"""One address for one article, whatever the feed hung onto it; its digest is the article's id."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

# Who clicked where: marks of advertising systems, portals and share buttons.
_TRACKING = re.compile(
    r"utm_\w+|spm|scm|from|isappinstalled|share\w*|fbclid|gclid|msclkid|yclid|_ga|mc_[ce]id|"
    r"ref|referer|referrer|wfr|nsukey|tdsourcetag|cmpid|ncid",
    re.IGNORECASE,
)


def clean(url: str) -> str:
    """`url` without fragment and tracking parameters; raises `ValueError` for what is no http address."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"not an http address: {url!r}")
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name)
    ]
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, urlencode(kept), ""))


def canonical(url: str) -> str:
    """What two sightings of one article have in common: `clean`, and besides https for http, host in lower
    case without a usual port, parameters sorted, no trailing slash. Raises `ValueError` as `clean` does.
    """
    parts = urlsplit(clean(url))
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return urlunsplit(("https", (parts.hostname or "").lower() + port, path, query, ""))


def absolute(base: str, link: str | None) -> str | None:
    """`link` as found at `base`, cleaned, or None where it leads to no page."""
    try:
        return clean(urljoin(base, link.strip())) if link and link.strip() else None
    except ValueError:
        return None


def digest(text: str) -> str:
    """16 hex digits of the SHA-1 of `text`: the native id of an article."""
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]
