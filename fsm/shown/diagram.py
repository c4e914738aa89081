"""The state diagram of the running table, as text or as a picture; no system package is needed."""

from typing import Literal

import pygraphviz

from fsm.shown.dot import dot
from fsm.shown.mermaid import mermaid

Format = Literal["mermaid", "dot", "svg", "png"]
PNG_DPI = "110"


def diagram(form: Format) -> bytes:
    """The diagram in that form; the three texts are UTF-8."""
    if form == "mermaid":
        return mermaid().encode()
    if form == "dot":
        return dot().encode()
    graph = pygraphviz.AGraph(string=dot())
    if form == "png":
        graph.graph_attr["dpi"] = PNG_DPI
    drawn: bytes = graph.draw(path=None, format=form, prog="dot")
    return drawn
