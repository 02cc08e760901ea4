"""Keeps articles with dlt: its source for REST interfaces, a primary key, and its own state for what changed since."""

import os
import sys

URL, DESTINATION, FOLDER = sys.argv[1:4]
os.environ["DLT_DATA_DIR"] = os.path.join(FOLDER, "dlt")
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt  # noqa: E402
from dlt.sources.helpers import requests  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402

form = {"grant_type": "password", "client_id": "finfo-api", "username": "u", "password": "p", "client_secret": "s"}
token = requests.post(f"{URL}/realm/protocol/openid-connect/token", data=form).json()["access_token"]

source = rest_api_source(
    {
        "client": {
            "base_url": URL,
            "auth": {"type": "bearer", "token": token},
            "paginator": {"type": "offset", "limit": 1000, "total_path": "pagination.totalCount"},
        },
        "resources": [
            {
                "name": "article",
                "primary_key": "finfoArticleId",
                "write_disposition": "merge",
                "endpoint": {
                    "path": "v2.2/article",
                    "data_selector": "articleList",
                    "params": {"finfoSupplierId": "2347003"},
                    "incremental": {
                        "start_param": "changed-from-date",
                        "cursor_path": "changedAt",
                        "initial_value": "2000-01-01T00:00:00Z",
                    },
                },
            }
        ],
    }
)
if DESTINATION == "duckdb":
    destination = dlt.destinations.duckdb(os.path.join(FOLDER, "articles.duckdb"))
    options = {"loader_file_format": "parquet"}
else:
    destination = dlt.destinations.sqlalchemy(f"sqlite:///{FOLDER}/articles.sqlite")
    options = {}
pipeline = dlt.pipeline("articles", destination=destination, dataset_name="main")
pipeline.run(source, **options).raise_on_failed_jobs()
