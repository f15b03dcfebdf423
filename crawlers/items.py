"""Records as Scrapy's items: feed exports and other people's pipelines read the fields of items by `itemadapter`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from itemadapter import ItemAdapter
from itemadapter.adapter import AdapterInterface


class RecordAdapter(AdapterInterface):
    """The fields of a record of `core.models`, which cannot be changed."""

    @classmethod
    def is_item_class(cls, item_class: type) -> bool:
        return issubclass(item_class, msgspec.Struct)

    @classmethod
    def get_field_names_from_class(cls, item_class: type) -> list[str]:
        return [field.name for field in msgspec.structs.fields(item_class)]

    def __getitem__(self, name: str) -> Any:
        if name not in self.item.__struct_fields__:
            raise KeyError(name)
        return getattr(self.item, name)

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self.item, name, value)

    def __delitem__(self, name: str) -> None:
        delattr(self.item, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.item.__struct_fields__)

    def __len__(self) -> int:
        return len(self.item.__struct_fields__)


def make_items() -> None:
    """Lets Scrapy take records for items."""
    adapters: Any = ItemAdapter.ADAPTER_CLASSES
    if RecordAdapter not in adapters:
        adapters.append(RecordAdapter)
