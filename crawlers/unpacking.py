"""Packed bodies: one that is damaged is named, where Scrapy would end the request without a word."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Request, Response

DAMAGED = "damaged"


class UnpackingMiddleware(HttpCompressionMiddleware):
    """Unpacks bodies; one that cannot be unpacked goes on empty, flagged for block detection."""

    def process_response(
        self, request: Request, response: Response, spider: Any = None
    ) -> Request | Response:
        try:
            return super().process_response(request, response)
        except (OSError, EOFError, zlib.error, struct.error):
            flags = [*response.flags, DAMAGED]
            emptied: Response = response.replace(body=b"", flags=flags)
            del emptied.headers["Content-Encoding"]
            return emptied
