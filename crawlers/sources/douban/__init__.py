"""Groups of Douban: topics and their replies, as guests see them."""
