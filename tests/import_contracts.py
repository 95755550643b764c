"""Which planted imports the contracts of pyproject.toml refuse: `python -m tests.import_contracts`.

Reads a JSON list of [contract, importer, imported] and writes a list of booleans, whether the
contract is broken by this one more import. A process of its own, since import-linter cannot read
its contracts' classes where zope.interface (of Twisted) is loaded.
"""

import json
import sys
from copy import deepcopy
from pathlib import Path

import grimp
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.contract import Contract

ROOT = Path(__file__).parent.parent
TYPES: dict[str, type[Contract]] = {
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}
CONFIGURATION = read_configuration(str(ROOT / "pyproject.toml"))
SESSION = CONFIGURATION["session_options"]
OPTIONS = {options["name"]: options for options in CONFIGURATION["contracts_options"]}


def import_graph() -> grimp.ImportGraph:
    """The imports between all modules of the project."""
    packages = SESSION["root_packages"]
    return grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)


def is_broken(name: str, graph: grimp.ImportGraph) -> bool:
    contract = TYPES[OPTIONS[name]["type"]](
        name=name, session_options=SESSION, contract_options=deepcopy(OPTIONS[name])
    )
    return not contract.check(graph=deepcopy(graph), verbose=False).kept


def is_refused(graph: grimp.ImportGraph, contract: str, importer: str, imported: str) -> bool:
    """Whether the contract holds, and is broken by the import; both modules must exist."""
    assert {importer, imported} <= graph.modules, (importer, imported)
    assert not is_broken(contract, graph), contract
    planted = deepcopy(graph)
    planted.add_import(importer=importer, imported=imported)
    return is_broken(contract, planted)


if __name__ == "__main__":
    graph = import_graph()
    answers = [is_refused(graph, *violation) for violation in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)
