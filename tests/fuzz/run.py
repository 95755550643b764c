"""Fuzzes one target with atheris: `python -m tests.fuzz.run TARGET [SECONDS]`, all with no name.

What was tried is kept in `.data/fuzz/TARGET`, so that a further run goes on from there. A finding
ends the run with its bytes in `.data/fuzz/crash-…`; it becomes a case of `regressions.py`.
"""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".data" / "fuzz"
SECONDS = 60
LONGEST = 64 * 1024  # bytes of an input
SLOWEST = 10  # seconds that one input may take
MEMORY = 2_048  # MiB


def main(name: str, seconds: int) -> None:
    """Never returns: libFuzzer ends the process, with 0 where it has found nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import atheris

    with atheris.instrument_imports(
        include=["accounts", "attachments", "chatproject", "messaging"]
    ):
        import django

        django.setup()
        from tests.fuzz.targets import TARGETS

    chosen = TARGETS[name]
    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(chosen.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}"]
    options += [
        f"-rss_limit_mb={MEMORY}",
        f"-artifact_prefix={FOLDER}/{name}-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], chosen.run)
    atheris.Fuzz()


def all_of(seconds: int) -> int:
    """Each target in a process of its own, since libFuzzer ends it; how many found something."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from tests.fuzz.targets import TARGETS

    found = 0
    for name in TARGETS:
        command = [sys.executable, "-m", "tests.fuzz.run", name, str(seconds)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        stats = dict(
            line.removeprefix("stat::").split(":", 1)
            for line in run.stderr.splitlines()
            if line.startswith("stat::")
        )
        tried = stats.get("number_of_executed_units", "?").strip()
        print(
            f"{name:15} {tried:>10} inputs  {'ok' if not run.returncode else 'FOUND'}", flush=True
        )
        if run.returncode:
            found += 1
            print(run.stdout[-3_000:], run.stderr[-3_000:])
    return found


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].isdecimal():
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else SECONDS)
    sys.exit(min(all_of(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS), 1))
