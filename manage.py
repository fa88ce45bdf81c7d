#!/usr/bin/env python
"""Galley's command line: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.config.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:  # while a command is only just starting
        sys.exit("Stopped.")


if __name__ == "__main__":
    main()
