"""What the door of the landing makes of a post and of a name."""

from core.models import Post
from core.privacy import door
from tests.core.people import LINE, PSEUDONYMS


def through(given: Post, *public_names: str) -> Post:
    return door(given, pseudonyms=PSEUDONYMS, follower_line=LINE, public_names=set(public_names))


def token(name: str) -> str:
    return PSEUDONYMS.name(name)
