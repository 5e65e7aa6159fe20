"""What click and dataclasses import of the standard library and a command that reads files never uses: it is loaded if it is."""

import sys
from importlib import import_module
from types import ModuleType


def put_off_inspect() -> None:
    """Have `inspect` loaded when first something is taken out of it: with the ast, dis and tokenize that it imports it takes 8 ms, a
    third of click.

    dataclasses asks it for the arguments of a class without a docstring, click has it dedent the help of each option: of one line, which
    needs no dedenting. The standard library's LazyLoader does not do: a second `import inspect` asks the module for its `__spec__`, which
    is then something that is taken out.
    """
    if "inspect" in sys.modules:
        return
    module = ModuleType("inspect")

    def taken(attribute: str) -> object:
        if sys.modules.get("inspect") is module:
            del sys.modules["inspect"]
        return getattr(import_module("inspect"), attribute)

    def cleandoc(doc: str) -> object:
        return taken("cleandoc")(doc) if "\n" in doc or "\t" in doc else doc.lstrip()  # type: ignore[operator] # inspect.cleandoc

    # PEP 562: asked for whatever else there is.
    vars(module).update(__getattr__=taken, cleandoc=cleandoc)
    sys.modules["inspect"] = module
