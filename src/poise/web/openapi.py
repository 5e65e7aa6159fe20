"""`/api/openapi.json`: the API as OpenAPI 3.1, made from the table of its calls and the fields of the views. Pure."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from poise import __version__

if TYPE_CHECKING:
    from poise.web.routes import Call, Parameter

PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
# What the door, or a moment of which nothing is kept, answers to any call.
ANY = {
    "400": "what was asked cannot be read; the text says what to write",
    "401": "the token is missing",
    "403": "it came from another page",
    "404": "there is nothing of that name, or of that moment",
    "429": "too many requests; Retry-After says when to come again",
}


def openapi(calls: "Sequence[Call]", prefix: str = "/api/v1") -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for call in calls:
        paths.setdefault(prefix + call.path, {})[call.method.lower()] = _operation(call, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "poise",
            "version": __version__,
            "description": "What the dashboard shows. Version 1 of each answer only gains keys.",
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _operation(call: "Call", schemas: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": call.handler.__name__,
        "summary": call.about,
        "parameters": [_parameter(each) for each in call.parameters],
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": _answer(call.gives, schemas)}}},
            **{status: {"description": said, "content": {"text/plain": {"schema": {"type": "string"}}}} for status, said in ANY.items()},
        },
    }
    if call.takes is not None:
        body = {**_object(call.takes, schemas), "additionalProperties": True}
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return made


def _parameter(each: "Parameter") -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "string"}
    if each.whole is not None:
        usual, least, most = each.whole
        kind = {"type": "integer", "default": usual, "minimum": least, "maximum": most}
    elif each.instant:
        kind["format"] = "date-time"
    elif each.needed:
        kind["minLength"] = 1
    place = "path" if each.path else "query"
    return {"name": each.name, "in": place, "required": each.needed, "description": each.about, "schema": kind}


def _answer(gives: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    version = {"type": "object", "required": ["version"], "properties": {"version": {"const": 1}}}
    shape = schema_of(gives, schemas) if isinstance(gives, type) else _object(gives, schemas)
    return {"allOf": [version, shape]}


def _object(keys: Mapping[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    needed = [key for key, said in keys.items() if not (isinstance(said, str) and said.partition(":")[0].endswith("?"))]
    return {"type": "object", "required": needed, "properties": {key: _said(said, schemas) for key, said in keys.items()}}


def _said(said: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    match said:
        case str():
            kind, _, about = said.partition(": ")
            kind = kind.removesuffix("?")
            shape = {"type": "string", "format": "date-time"} if kind == "date-time" else {"type": kind}
            return {**shape, "description": about}
        case [dict() as row]:
            return {"type": "array", "items": _object(row, schemas)}
        case (one,):
            return {"type": "array", "items": schema_of(one, schemas)}
    raise TypeError(said)


def schema_of(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a field's type; those of views go to `schemas` and are referred to."""
    if is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in schemas:
            schemas[kind.__name__] = {}
            hints = get_type_hints(kind)
            parts = {field.name: schema_of(hints[field.name], schemas) for field in fields(kind)}
            about = (kind.__doc__ or "").strip()
            schemas[kind.__name__] = {"type": "object", "description": about, "required": list(parts), "properties": parts}
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    origin, parts_of = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(parts_of)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(each, schemas) for each in parts_of]}
    if origin is tuple:
        if parts_of[-1] is Ellipsis:
            return {"type": "array", "items": schema_of(parts_of[0], schemas)}
        return {"type": "array", "prefixItems": [schema_of(each, schemas) for each in parts_of], "minItems": len(parts_of)}
    if kind is datetime:
        return {"type": "string", "format": "date-time"}
    if kind is types.NoneType:
        return {"type": "null"}
    return {"type": PLAIN[kind]}
