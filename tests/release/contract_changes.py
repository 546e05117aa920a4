"""What a contract takes away from answers, or asks anew of requests, compared with an older one.

An answer may say more, a request may be asked for less. Members that nobody named before may be named now.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# Of a request: whether the new limit lets in all that the old one did. Absent is no limit.
LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
EXACT = ("pattern", "format", "multipleOf", "if", "then", "dependentRequired")
PARTS = ("items", "contains")


def changes(old: Json, new: Json) -> list[str]:
    """Each as a place and what is wrong there; none where every client of the old contract can stay as it is."""
    return list(_Both(old, new).paths())


class _Both:
    """Two documents, whose references are followed."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old = old
        self._new = new

    def paths(self) -> Iterator[str]:
        for path, methods in self._old["paths"].items():
            for method, old in methods.items():
                new = self._new["paths"].get(path, {}).get(method)
                where = f"{method.upper()} {path}"
                yield from [f"{where} is gone"] if new is None else self._operation(where, old, new)

    def _operation(self, where: str, old: Json, new: Json) -> Iterator[str]:
        yield from self._parameters(where, old.get("parameters", []), new.get("parameters", []))
        anybody: list[Json] = [{}]
        if not _subset(old.get("security", anybody), new.get("security", anybody)):
            yield f"{where} asks for another token"
        yield from self._request(f"{where} request", old.get("requestBody", {}), new.get("requestBody", {}))
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{where} {status} is gone"
                continue
            then, now = self._followed(answer, new["responses"][status])
            yield from self._bodies(f"{where} {status}", then, now, answer=True)
            yield from (f"{where} {status}: {name} is gone" for name in _gone(then, now, "headers"))

    def _request(self, where: str, old: Json, new: Json) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield f"{where}: a body is required"
        yield from self._bodies(where, old, new, answer=False)

    def _parameters(self, where: str, old: list[Json], new: list[Json]) -> Iterator[str]:
        before, after = (
            {(one["name"], one["in"]): one for one in (self._one(document, item) for item in items)}
            for document, items in ((self._old, old), (self._new, new))
        )
        for name, one in after.items():
            then = before.get(name, {})
            if one.get("required") and not then.get("required"):
                yield f"{where}: {name[0]} is required"
            yield from self._asked(f"{where} {name[0]}", then.get("schema", {}), one["schema"]) if then else ()
        yield from (f"{where}: {name[0]} is gone" for name in before if name not in after)

    def _bodies(self, where: str, old: Json, new: Json, *, answer: bool) -> Iterator[str]:
        yield from (f"{where}: {media} is gone" for media in _gone(old, new, "content"))
        compare = self._answered if answer else self._asked
        for media, body in old.get("content", {}).items():
            if media in new.get("content", {}):
                yield from compare(where, body["schema"], new["content"][media]["schema"])

    # --- schemas -----------------------------------------------------------------------------

    def _answered(self, where: str, old: Json, new: Json) -> Iterator[str]:
        """What was promised still holds: no member, no value, no type is lost."""
        old, new = self._followed(old, new)
        yield from (f"{where}: {name} is gone" for name in _gone(old, new, "properties"))
        lost = set(old.get("required", ())) - set(new.get("required", ()))
        yield from (f"{where}: {name} may be absent" for name in sorted(lost & set(new.get("properties", {}))))
        if not _types(new) <= _types(old):
            yield f"{where}: its type was {old.get('type')}"
        left = _values(new) or _values(old)  # without a list every value is possible
        yield from (f"{where}: the value {value} is gone" for value in _values(old) if value not in left)
        yield from self._inside(where, old, new, self._answered)

    def _asked(self, where: str, old: Json, new: Json) -> Iterator[str]:
        """What was accepted still is: no member, no limit, no type is asked for anew."""
        old, new = self._followed(old, new)
        if "anyOf" in new and "anyOf" not in old:  # one of the new alternatives must take what was taken
            rest = {name: value for name, value in new.items() if name != "anyOf"}
            yield from min((list(self._asked(where, old, rest | one)) for one in new["anyOf"]), key=len)
            return
        yield from (
            f"{where}: {name} is required" for name in new.get("required", ()) if name not in old.get("required", ())
        )
        yield from (f"{where}: {name} is gone" for name in _gone(old, new, "properties"))
        if not _types(old) <= _types(new):
            yield f"{where}: its type is {new.get('type')}"
        if _values(new) and (not _values(old) or not _subset(_values(old), _values(new))):
            yield f"{where}: only {_values(new)} are taken"
        yield from (f"{where}: {limit} is narrower" for limit in _narrower(old, new))
        yield from self._inside(where, old, new, self._asked)

    def _inside(self, where: str, old: Json, new: Json, compare: Any) -> Iterator[str]:
        for name, schema in old.get("properties", {}).items():
            if name in new.get("properties", {}):
                yield from compare(f"{where}.{name}", schema, new["properties"][name])
        for part in PARTS:
            if part in old and part in new:
                yield from compare(f"{where}[]", old[part], new[part])
        yield from self._alternatives(where, old, new, compare)

    def _alternatives(self, where: str, old: Json, new: Json, compare: Any) -> Iterator[str]:
        """Each of the old ones needs one among the new that stands for it; told is what the nearest lacks."""
        among = new.get("anyOf", [new])
        for one in old.get("anyOf", []):
            alike = [other for other in among if other.keys() == one.keys()] or among
            yield from min((list(compare(where, one, other)) for other in alike), key=len)

    def _followed(self, old: Json, new: Json) -> tuple[Json, Json]:
        return self._one(self._old, old), self._one(self._new, new)

    def _one(self, document: Json, item: Json) -> Json:
        while "$ref" in item:
            found: Any = document
            for step in item["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            item = found
        return item


def _gone(old: Json, new: Json, part: str) -> list[str]:
    return [name for name in old.get(part, {}) if name not in new.get(part, {})]


def _types(schema: Json) -> set[str]:
    """Those of its values; all, where a schema names neither; an integer is a number."""
    if _values(schema) and all(isinstance(value, str) for value in _values(schema)):
        return {"string"}
    named = schema.get("type", ["string", "number", "boolean", "object", "array", "null"])
    types = {named} if isinstance(named, str) else set(named)
    return types | ({"integer"} if "number" in types else set())


def _values(schema: Json) -> list[Any]:
    return [schema["const"]] if "const" in schema else schema.get("enum", [])


def _narrower(old: Json, new: Json) -> Iterator[str]:
    yield from (limit for limit in LOWER if limit in new and not old.get(limit, float("-inf")) >= new[limit])
    yield from (limit for limit in UPPER if limit in new and not old.get(limit, float("inf")) <= new[limit])
    yield from (part for part in EXACT if part in new and old.get(part) != new[part])
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield "additionalProperties"
    yield from (part for part in (*PARTS, "anyOf") if new.get(part) and part not in old)  # {} takes everything


def _subset(these: list[Any], those: list[Any]) -> bool:
    return all(one in those for one in these)
