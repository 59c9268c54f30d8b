"""`python -m pointsman_service.cli`: the same command line, for a process of this interpreter."""

from pointsman_service.cli import main

main()
