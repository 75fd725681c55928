"""Starts the web app: `python app.py` is `advisor serve`."""

import sys

from advisor.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
