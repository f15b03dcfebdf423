"""传播路径 of one post: the picture of its tree, its curve, its key spreaders."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from mining.cascade import Cascade, reconstruct
from mining.layout import place
from web.charts import Chart, Row
from web.language import language_of, name_of, sentence
from web.site import Site

SHAPES = ("radial", "sail")


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/cascade/{root_id:path}", response_class=HTMLResponse)
    def cascade(request: Request, root_id: str, shape: str = "radial") -> HTMLResponse:
        stored = site.store.cascade(root_id)
        if not stored:
            raise HTTPException(404, "No post of this path is in the store; crawl it with its reposts first.")
        chosen = shape if shape in SHAPES else "radial"
        tree = reconstruct((item.post for item in stored), root_id)
        layout, language = place(tree, shape=chosen), language_of(request)
        return site.render(
            request,
            "cascade.html",
            tree=tree,
            shape=chosen,
            shapes=SHAPES,
            layout=layout,
            gone_words=[_gone(reason, language) for reason in layout.gone],
            gone={node.id: node.gone for node in tree.nodes if node.gone},
            curve=_curve(site, tree, language),
        )

    return routes


def _gone(reason: str, language: str) -> str:
    """What the picture says of a post that went; "" of one that is there."""
    return sentence("post.gone", language, reason=name_of("gone", reason, language)) if reason else ""


def _curve(site: Site, tree: Cascade, language: str) -> Chart:
    labels = tuple(site.local(point.at, "%m-%d %H:%M") for point in tree.curve)
    return Chart(
        kind="line",
        labels=labels,
        rows=(
            Row(name=sentence("cascade.new", language), values=tuple(p.posts for p in tree.curve)),
            Row(name=sentence("cascade.total", language), values=tuple(p.total for p in tree.curve)),
        ),
    )
