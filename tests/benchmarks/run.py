"""`make bench`: measures the whole system on this machine, prints a table and writes JSON."""

import argparse
import os
import secrets
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import django
from rich.console import Console
from rich.markup import escape

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))  # the server gets the same
django.setup()

from tests.benchmarks import figures, plan, stages  # noqa: E402 (models need the setup)


def main() -> None:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 140)
    chosen = plan.TINY if options.tiny else plan.QUICK if options.quick else plan.FULL
    workers = options.workers or ((1,) if options.quick else (1, 2))
    result = stages.measure(chosen, options.folder, options.only, workers=workers, say=console.log)
    figures.print_table(result.figures, console)
    target = options.folder / f"{datetime.now():%Y%m%d-%H%M%S}.json"  # noqa: DTZ005 (a file's name)
    about = {"command": " ".join(sys.argv), "plan": asdict(chosen), "failures": result.failures}
    figures.write_json(target, result.figures, about)
    console.print(f"Written to {target}")
    for name, reason in result.failures.items():
        console.print(f"[red]{name} failed:[/]\n{escape(reason)}")
    sys.exit(bool(result.failures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    quick = os.environ.get("QUICK", "") not in ("", "0")
    parser.add_argument("--quick", action="store_true", default=quick, help="under a minute")
    parser.add_argument("--tiny", action="store_true", help="to try the benchmark itself")
    parser.add_argument("--workers", nargs="*", type=int, help="numbers of processes to try")
    parser.add_argument("--only", nargs="*", choices=stages.STAGES, help="some of the stages")
    data_dir = Path(os.environ.get("DATA_DIR") or ROOT / ".data")
    parser.add_argument("--folder", type=Path, default=data_dir / "bench", help="for the results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
