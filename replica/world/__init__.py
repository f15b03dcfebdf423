"""The invented world of the replica: people, brands, talk and stories whose truth is known."""

from replica.world.generate import generate

__all__ = ["generate"]
