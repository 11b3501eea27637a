#!/usr/bin/env python3
"""Makes assets/dashboard.svg: what the real program shows, run in tmux, drawn as SVG.

    python3 assets/picture.py [path of the nsp binary]

Needs tmux and nothing else. It starts the demo, waits until the access log has denials, and draws
the screen with its colours.
"""

import html
import pathlib
import re
import subprocess
import sys
import time

COLS, ROWS, CELL_W, CELL_H = 120, 40, 8.4, 17
ROOT = pathlib.Path(__file__).resolve().parent.parent
COLOURS = {31: "#ff6b6b", 32: "#7ee787", 33: "#f2cc60", 34: "#79c0ff", 35: "#d2a8ff", 36: "#56d4dd"}
PLAIN, PAPER = "#d0d7de", "#0d1117"


def tmux(*args: str) -> str:
    return subprocess.run(["tmux", "-L", "nsp-picture", *args], check=True, capture_output=True, text=True).stdout


def screen(binary: str) -> str:
    """The screen with its escape sequences, once the log tells of a denial."""
    command = f"env XDG_STATE_HOME=/tmp/nsp-picture XDG_CONFIG_HOME=/tmp/nsp-picture {binary} --demo --seed 7"
    tmux("new-session", "-d", "-x", str(COLS), "-y", str(ROWS), command)
    try:
        for _ in range(150):
            time.sleep(0.2)
            if re.search(r"denied [1-9]", tmux("capture-pane", "-p")):
                break
        tmux("send-keys", "Enter")
        time.sleep(1.0)
        return tmux("capture-pane", "-p", "-e")
    finally:
        tmux("kill-server")


def runs(line: str):
    """Pieces of one line with their style: text, colour, bold, dim, reversed, underlined."""
    style = {"fg": None, "bold": False, "dim": False, "rev": False, "under": False}
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        match = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not match:
            if part:
                yield part, dict(style)
            continue
        for code in [int(c or 0) for c in match.group(1).split(";")]:
            if code == 0:
                style.update(fg=None, bold=False, dim=False, rev=False, under=False)
            elif code in (1, 2, 4, 7):
                style[{1: "bold", 2: "dim", 4: "under", 7: "rev"}[code]] = True
            elif code in (22, 24, 27):
                for name in {22: ("bold", "dim"), 24: ("under",), 27: ("rev",)}[code]:
                    style[name] = False
            elif code == 39:
                style["fg"] = None
            elif code in COLOURS:
                style["fg"] = COLOURS[code]


def svg(text: str) -> str:
    width, height = COLS * CELL_W + 24, ROWS * CELL_H + 24
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14">',
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
    ]
    for row, line in enumerate(text.split("\n")[:ROWS]):
        column, y = 0, 12 + row * CELL_H
        for piece, style in runs(line):
            x, w = 12 + column * CELL_W, len(piece) * CELL_W
            column += len(piece)
            fill = style["fg"] or PLAIN
            if style["rev"]:
                out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{CELL_H}" fill="{fill}"/>')
                fill = PAPER
            more = ' font-weight="bold"' if style["bold"] else ""
            more += ' opacity="0.6"' if style["dim"] else ""
            more += ' text-decoration="underline"' if style["under"] else ""
            # Word by word, each at its own column: it stays in place whatever the viewer's font is.
            for word in re.finditer(r"\S+", piece):
                x, w = 12 + (column - len(piece) + word.start()) * CELL_W, len(word.group()) * CELL_W
                out.append(
                    f'<text x="{x:.1f}" y="{y + 13:.1f}" textLength="{w:.1f}" lengthAdjust="spacingAndGlyphs" '
                    f'fill="{fill}"{more}>{html.escape(word.group())}</text>'
                )
    return "\n".join([*out, "</svg>", ""])


def main() -> None:
    binary = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/nsp")
    (ROOT / "assets/dashboard.svg").write_text(svg(screen(binary)), encoding="utf-8")


main()
