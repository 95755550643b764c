"""Running the tasks that send mail, and reading what they sent."""

import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob


def send_mails() -> list[EmailMultiAlternatives]:
    """Runs the waiting tasks of accounts as the worker does; what they sent."""
    before = len(mail.outbox)
    for job in ProcrastinateJob.objects.filter(task_name__startswith="accounts.tasks.send"):
        run(job)
        ProcrastinateJob.objects.filter(pk=job.pk).delete()
    return mail.outbox[before:]  # type: ignore[return-value]


def run(job: ProcrastinateJob) -> None:
    context: Any = SimpleNamespace(job=SimpleNamespace(id=job.pk))
    app.tasks[job.task_name].func(context, **job.args)


def waiting() -> int:
    return ProcrastinateJob.objects.filter(task_name__startswith="accounts.tasks.send").count()


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0].content)


def link_in(message: EmailMultiAlternatives) -> str:
    """The first link with a token, as a path."""
    found = re.search(r"https?://\S+[?&]token=\S+", str(message.body))
    assert found, message.body
    url = urlsplit(found[0])
    return f"{url.path}?{url.query}"


def token_in(message: EmailMultiAlternatives) -> str:
    return parse_qs(urlsplit(link_in(message)).query)["token"][0]
