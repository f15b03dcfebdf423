"""The invented world of the replica: people, brands, talk and stories whose truth is known."""
