"""The two rules of docs/architecture.md that import-linter's own contracts cannot say.

Decides nothing about what may depend on what: that is [tool.importlinter] in pyproject.toml. Here is only how the rules
are checked: a capability is used through its service, and the merge engine needs nothing but the standard library.
"""

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ThroughServices(Contract):
    """A package inside `container` imports from another only `service`, or a module listed as `public`."""

    container: str = fields.StringField()  # type: ignore[assignment]  # import-linter fills it
    doors: list[str] = fields.ListField(subfield=fields.StringField())  # type: ignore[assignment]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import between two capabilities."""
        broken = sorted(self._broken(graph))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that goes past a service."""
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} imports {imported}, which is not a door of its capability")

    def _broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        capabilities = {name for name in graph.find_children(self.container) if graph.find_children(name)}
        for importer in graph.modules:
            home = ".".join(importer.split(".")[:2])
            if home not in capabilities:
                continue
            for imported in graph.find_modules_directly_imported_by(importer):
                there, _, inside = imported.removeprefix(f"{self.container}.").partition(".")
                target = f"{self.container}.{there}"
                if target in capabilities and target != home and not self._is_door(there, inside):
                    yield importer, imported

    def _is_door(self, there: str, inside: str) -> bool:
        return inside == "service" or f"{there}.{inside}".rstrip(".") in self.doors


class StandardLibraryOnly(Contract):
    """A package imports itself and the standard library, and nothing else."""

    package: str = fields.StringField()  # type: ignore[assignment]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import that leaves the package."""
        inside = {self.package, *graph.find_descendants(self.package)}
        broken = sorted(
            (importer, imported)
            for importer in inside
            for imported in graph.find_modules_directly_imported_by(importer) - inside
            if imported.split(".")[0] not in sys.stdlib_module_names
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import from outside."""
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} imports {imported}")
