"""`python -m amate …` is `amate …`."""

from amate.cli import main

main()
