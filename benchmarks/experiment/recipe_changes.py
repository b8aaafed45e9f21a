"""Recipes with fields changed by name: `learning_rate=0.01`, `augmentation.shift=0.1`, `augmentation=none`.

`--set` and `python -m benchmarks tune --vary` read their values here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from benchmarks.experiment.recipe import Augmentation, Recipe

Part = TypeVar("Part", Recipe, Augmentation)


@dataclasses.dataclass(frozen=True)
class Change:
    """One field of a recipe and its new value, both as text."""

    field: str
    value: str

    @classmethod
    def parse(cls, text: str, option: str) -> Change:
        """Read `FIELD=VALUE`.

        Args:
            text: What was given.
            option: The option that messages name.

        Raises:
            ValueError: There is no `=`.
        """
        field, given, value = text.partition("=")
        if not given:
            raise ValueError(f"{option} {text}: expected FIELD=VALUE")
        return cls(field.strip(), value.strip())

    def __str__(self) -> str:
        return f"{self.field}={self.value}"

    def apply(self, recipe: Recipe, option: str) -> Recipe:
        """Return the recipe with this field changed.

        Args:
            recipe: The recipe to change.
            option: The option that messages name.

        Raises:
            ValueError: There is no such field, or the value does not fit it; the message says what would.
        """
        outer, dot, inner = self.field.partition(".")
        if outer != "augmentation":
            return self._replaced(recipe, self.field, option)
        if not dot:
            if self.value != "none":
                raise ValueError(
                    f"{option} {self}: expected none, or a field of it, such as augmentation.shift=0.1"
                )
            return dataclasses.replace(recipe, augmentation=None)
        augmentation = recipe.augmentation or Augmentation()
        return dataclasses.replace(recipe, augmentation=self._replaced(augmentation, inner, option))

    def _replaced(self, of: Part, name: str, option: str) -> Part:
        hints = get_type_hints(type(of))
        if name not in hints:
            raise ValueError(f"{option} {self}: no such field; available: {', '.join(fields())}")
        try:
            return dataclasses.replace(of, **{name: _parsed(hints[name], self.value)})  # type: ignore[arg-type]
        except ValueError as error:
            raise ValueError(f"{option} {self}: {error}") from None


def refuse_contradictions(changes: Sequence[Change], option: str) -> None:
    """Refuse changes of which one would undo another.

    Args:
        changes: Changes of one recipe.
        option: The option that messages name.

    Raises:
        ValueError: A field is set twice, or the augmentation is taken away and set.
    """
    names = [change.field for change in changes]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{option} {name}: given {names.count(name)} times; give each field once")
    inner = next((change for change in changes if change.field.startswith("augmentation.")), None)
    if inner is not None and Change("augmentation", "none") in changes:
        raise ValueError(
            f"{option} augmentation=none and {option} {inner} contradict each other; leave one of the two out"
        )


def fields() -> list[str]:
    """Return the names of all fields that can be changed."""
    own = [field.name for field in dataclasses.fields(Recipe) if field.name != "augmentation"]
    return [*own, *(f"augmentation.{field.name}" for field in dataclasses.fields(Augmentation))]


def _parsed(hint: Any, text: str) -> object:
    """Read a value of a field's type.

    Raises:
        ValueError: It is not a value of this type; the message says what is expected.
    """
    if type(None) in get_args(hint):  # `float | None`: a value sets it
        (hint,) = set(get_args(hint)) - {type(None)}
    known = get_args(hint) if get_origin(hint) is not None else ("true", "false") if hint is bool else None
    if known is not None and text not in known:
        raise ValueError(f"expected one of {', '.join(map(str, known))}")
    if hint is bool:
        return text == "true"
    if known is not None:
        return text
    try:
        return hint(text)
    except ValueError:
        raise ValueError(f"expected {'a whole number' if hint is int else 'a number'}") from None
