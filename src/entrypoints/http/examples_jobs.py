"""Examples of what imports and exports answer, and the body of an upload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

IMPORT: Final = "0190f3c2-7c1e-7000-8000-000000001234"

_IMPORT_LINE: Final = {
    "import_id": IMPORT,
    "state": "done",
    "reader": "creator-archive",
    "public": False,
    "files": ["profiles.csv"],
    "requested_by": "local operator",
    "requested_at": "2026-03-01T05:59:58.100000Z",
    "started_at": "2026-03-01T05:59:58.300000Z",
    "finished_at": "2026-03-01T06:00:01.900000Z",
    "progress": {"phase": "done", "file": "", "files_done": 1, "files": 1, "rows": 2},
    "quarantined": 1,
    "error": None,
}

_EXPORT: Final = {
    "export_id": "0190f3c2-7c1e-7000-8000-00000000e001",
    "list": "influencers",
    "format": "csv",
    "parameters": {"filter": "followers in 10k..50k and network = instagram", "sort": "-followers"},
    "columns": ["name", "score", "profile.handle", "profile.followers"],
    "state": "done",
    "rows": 1204,
    "bytes": 71310,
    "sha256": "7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069",
    "requested_by": "local operator",
    "requested_at": "2026-03-01T06:00:00Z",
    "started_at": "2026-03-01T06:00:00.400000Z",
    "finished_at": "2026-03-01T06:00:01.900000Z",
    "expires_at": "2026-03-02T06:00:01.900000Z",
    "error_code": None,
    "error": None,
    "href": "/api/v1/exports/0190f3c2-7c1e-7000-8000-00000000e001",
    "events": "/api/v1/exports/0190f3c2-7c1e-7000-8000-00000000e001/events",
    "file": "/api/v1/exports/0190f3c2-7c1e-7000-8000-00000000e001/file",
}

JOBS: Final[Mapping[str, Any]] = {
    "createImport": {
        "import_id": IMPORT,
        "state": "queued",
        "href": f"/api/v1/imports/{IMPORT}",
        "events": f"/api/v1/imports/{IMPORT}/events",
    },
    "getImport": {
        "line": _IMPORT_LINE,
        "options": {"reader": None, "public": False, "on_conflict": "keep", "uploaded": True},
        "report": {
            "reader": "creator-archive",
            "files": [
                {
                    "name": "profiles.csv",
                    "bytes": 66,
                    "sha256": "5f0d3a8bb20e4bd1a4ba7b2f2dd6a9ce6df47b56e7c4d8cf9c67e8a6c0f7f2b1",
                    "rows_read": 2,
                    "tables": {"profiles": {"rows": 1, "new": 1}},
                    "findings": {"quarantined": {"field.missing": 1}},
                    "profiles": 1,
                    "comments": None,
                }
            ],
            "columns": {"profiles.csv": ["network", "profile_id", "handle"]},
        },
        "error_code": None,
    },
    "listImports": {"items": [_IMPORT_LINE], "next_cursor": None},
    "listFindings": {
        "items": [
            {
                "finding_id": 1,
                "finding": {
                    "severity": "quarantined",
                    "code": "field.missing",
                    "message": "profile_id is empty, and a row of profiles means nothing without it",
                    "file": "profiles.csv",
                    "line": 3,
                    "table": "profiles",
                    "field": "profile_id",
                    "cells": {"handle": "nobody", "network": "youtube"},
                },
                "state": "open",
                "settled_at": None,
            }
        ],
        "next_cursor": None,
    },
    "followImport": (
        "id: running.storing.0.1.2\nevent: progress\n"
        f'data: {{"import_id":"{IMPORT}","state":"running",'
        '"progress":{"phase":"storing","file":"profiles.csv","files_done":0,"files":1,"rows":2}}\n\n'
    ),
    "createExport": {
        **_EXPORT,
        "state": "queued",
        "rows": 0,
        "file": None,
        **dict.fromkeys(("bytes", "sha256", "started_at", "finished_at", "expires_at")),
    },
    "listExports": {"items": [_EXPORT], "next_cursor": None},
    "getExport": _EXPORT,
    "followExport": 'id: done.1204\nevent: done\ndata: {"state":"done","rows":1204}\n\n',
    "downloadExport": "name,score,profile.handle,profile.followers\r\nAna Exemplo,69.851781,ana.exemplo,173008\r\n",
    "listExportableLists": {
        "items": [
            {
                "name": "posts",
                "meaning": "Posts of a profile with their latest snapshot, the newest first",
                "parameters": [
                    {
                        "name": "profile",
                        "meaning": "as instagram:maria.silva, by id or handle, or its number in this installation",
                        "required": True,
                    }
                ],
                "columns": ["post_id", "network", "likes"],
            }
        ]
    },
}

UPLOAD: Final[Mapping[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        "description": "The files, each a part with its name",
                    },
                    "reader": {"type": "string", "description": "Reader to use; left out, whichever knows the files"},
                    "mapping": {"type": "string", "description": "A TOML mapping, as text or as a file"},
                    "profile": {"type": "string", "description": "NETWORK:ID-OR-HANDLE, where the files do not say it"},
                    "observed_at": {
                        "type": "string",
                        "description": "When the figures were taken, with its zone, or a day (0:00 UTC), where the "
                        "files do not say it: 2026-03-01T12:00Z",
                    },
                    "encoding": {"type": "string", "description": "Encoding of the text, where it is not recognised"},
                    "public": {"type": "boolean", "default": False, "description": "For every organisation to see"},
                    "on_conflict": {
                        "type": "string",
                        "enum": ["keep", "replace", "stop"],
                        "default": "keep",
                        "description": "What to do where the files contradict what is stored",
                    },
                },
            },
            "encoding": {"file": {"contentType": "application/octet-stream"}},
        }
    },
}
"""The body of `createImport`, which is read as it arrives and so is described by hand."""
