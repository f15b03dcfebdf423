"""The sites a replica serves, one module a site or forum engine."""

from __future__ import annotations

from collections.abc import Callable

from replica.exchange import Site
from replica.identity import Passport
from replica.shelf import Shelf
from replica.sites.discourse import Discourse
from replica.sites.discuz import Discuz
from replica.sites.discuz_old import OldDiscuz
from replica.sites.douban import Douban
from replica.sites.feed import Feed
from replica.sites.portal import PortalSite
from replica.sites.tieba import Tieba
from replica.sites.v2ex import V2ex
from replica.sites.wechat import Wechat
from replica.sites.weibo_card import Cards
from replica.sites.weibo_comments import Comments
from replica.sites.weibo_containers import Containers
from replica.sites.weibo_desktop import WeiboDesktop
from replica.sites.weibo_found import Found
from replica.sites.weibo_mobile import WeiboMobile
from replica.sites.weibo_passport import WeiboPassport
from replica.sites.weibo_search import WeiboSearch
from replica.sites.weibo_status import Statuses
from replica.sites.wordpress import Wordpress
from replica.world.model import Forum

_ENGINES: dict[str, Callable[[Shelf, Forum], Site]] = {
    "discourse": Discourse,
    "discuz": lambda shelf, forum: (OldDiscuz if forum.version == "7.2" else Discuz)(shelf, forum),
    "douban": Douban,
    "tieba": Tieba,
    "v2ex": V2ex,
    "wordpress": Wordpress,
}


def open_sites(shelf: Shelf, passport: Passport, chain_limit: int) -> dict[str, Site]:
    """Every site of the shelf's world, by host."""
    statuses = Statuses(shelf, chain_limit)
    found = Found(statuses)
    comments = Comments(statuses)
    sites: list[Site] = [
        WeiboPassport(passport),
        WeiboMobile(statuses, Containers(statuses, found), comments),
        WeiboDesktop(statuses, comments),
        WeiboSearch(shelf, found, Cards(statuses)),
    ]
    sites.extend(_ENGINES[forum.platform](shelf, forum) for forum in shelf.forums)
    sites.extend(Feed(shelf, site) for site in shelf.press)
    sites.extend(PortalSite(shelf, portal) for portal in shelf.portals)
    if shelf.official:
        sites.append(Wechat(shelf))
    return {host: site for site in sites for host in site.hosts}
