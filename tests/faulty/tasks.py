from procrastinate.contrib.django import app

from tests.faulty.faults import fail


@app.task(name="faulty.fail")
def fail_task(text: str) -> None:
    fail(text, "python")
