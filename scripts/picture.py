#!/usr/bin/env python3
"""Draws a terminal's screen as an SVG picture for the README.

Reads what a terminal showed, with its colour codes (`tmux capture-pane -ep`), from standard input.
Needs `pip install rich`.

    tmux capture-pane -ep -t board | scripts/picture.py "formwork deploy quiz --sandbox" 100 > docs/board.svg
"""

import io
import re
import sys

from rich.console import Console
from rich.text import Text


def main() -> None:
    title, width = sys.argv[1], int(sys.argv[2])
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    for line in sys.stdin.read().rstrip("\n").split("\n"):
        console.print(Text.from_ansi(line), no_wrap=True, crop=True)
    picture = console.export_svg(title=title)
    # The picture stands alone: the fonts that the library would fetch are left out.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    sys.stdout.write(re.sub(r"font-family: (Fira Code|arial)", "font-family: monospace", picture))


if __name__ == "__main__":
    main()
