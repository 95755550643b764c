"""The hosts of DATABASE_URL: which one is the coordinator of a database that Citus distributes, and
which are workers.

Whatever is kept on the coordinator alone (sign-ins, tasks, the audit log), locks that are no rows'
and notifications need a connection to the coordinator, so each host is asked what it is before it
is used. Of one PostgreSQL and its standbys libpq chooses the host, as ever.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg import OperationalError

ASKING_SECONDS = 2  # for the answer of a host
SILENT_SECONDS = 10.0  # until one that did not answer is asked again

COORDINATOR = 0  # its group of hosts; those of the workers have other numbers

IS_CITUS = "SELECT to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL"
GROUP = "SELECT groupid FROM pg_catalog.pg_dist_local_group"

Params = Mapping[str, Any]  # of a connection


class Address(NamedTuple):
    host: str
    port: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port or 5432}"


class NotDistributed(Exception):
    """The hosts are no nodes of a cluster."""


def addresses_of(params: Params) -> list[Address]:
    """The hosts that the parameters name, which have a port each or one for all."""
    hosts = str(params.get("host") or "").split(",")
    ports = str(params.get("port") or "").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    return [Address(*pair) for pair in zip(hosts, ports, strict=False)]


def names_several(params: Params) -> bool:
    return "," in str(params.get("host") or "")


def at(params: Params, addresses: list[Address]) -> dict[str, Any]:
    """The parameters of a connection to one of these hosts."""
    hosts, ports = zip(*addresses, strict=True)
    return {**params, "host": ",".join(hosts), "port": ",".join(ports)}


def ask_group(params: Params, address: Address) -> int:
    """The number of the host's group. Raises NotDistributed, psycopg.Error."""
    patience = {"connect_timeout": ASKING_SECONDS, "target_session_attrs": "any"}
    wanted = {**at(params, [address]), **patience, "autocommit": True}
    with psycopg.connect(**wanted) as raw:
        if raw.execute(IS_CITUS).fetchone() != (True,):
            raise NotDistributed
        row = raw.execute(GROUP).fetchone()
    return COORDINATOR if row is None else int(row[0])


class Hosts:
    """What each is. One that does not answer is nothing, until it is asked again and answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[Address, int] = {}
        self._silent: dict[Address, float] = {}  # until when each is not asked
        self._is_distributed: bool | None = None

    def of(self, params: Params, group: int = COORDINATOR) -> dict[str, Any]:
        """The parameters of a connection to the hosts of the group; as they are where there is no
        choice. Raises OperationalError where none of the group answers.

        Blocks, at most for ASKING_SECONDS a host, while one is not known yet.
        """
        if not names_several(params):
            return dict(params)
        try:
            found = self._ask(params)
        except NotDistributed:
            return dict(params)
        own = [address for address, number in found.items() if number == group]
        if not own:
            who = "the coordinator" if group == COORDINATOR else f"of group {group}"
            raise OperationalError(f"no host of DATABASE_URL that answers is {who}")
        return at(params, own)

    def groups(self, params: Params) -> dict[int, list[Address]]:
        """By number, the coordinator's first; nothing where there is no choice."""
        if not names_several(params):
            return {}
        try:
            found = self._ask(params)
        except NotDistributed:
            return {}
        groups: dict[int, list[Address]] = {}
        for address, number in sorted(found.items(), key=lambda item: item[1]):
            groups.setdefault(number, []).append(address)
        return groups

    def silent(self, params: Params) -> list[Address]:
        """Those that did not answer when they were last asked."""
        return [it for it in addresses_of(params) if it in self._silent]

    def forget(self) -> None:
        with self._lock:
            self._groups.clear()
            self._silent.clear()
            self._is_distributed = None

    def _ask(self, params: Params) -> dict[Address, int]:
        """In the order of the addresses. Raises NotDistributed, by the first one that answers."""
        addresses = addresses_of(params)
        with self._lock:
            for address in addresses:
                if self._is_distributed is False:
                    break
                if address not in self._groups and self._is_due(address):
                    self._ask_one(params, address)
            if self._is_distributed is False:
                raise NotDistributed
            return {it: self._groups[it] for it in addresses if it in self._groups}

    def _is_due(self, address: Address) -> bool:
        return time.monotonic() >= self._silent.get(address, 0.0)

    def _ask_one(self, params: Params, address: Address) -> None:
        try:
            self._groups[address] = ask_group(params, address)
        except NotDistributed:
            # Of a cluster's host it is told by those that answered before.
            if self._is_distributed is None:
                self._is_distributed = False
            return
        except psycopg.Error:
            self._silent[address] = time.monotonic() + SILENT_SECONDS
            return
        self._silent.pop(address, None)
        self._is_distributed = True


hosts = Hosts()  # of this process
