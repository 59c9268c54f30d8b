"""What can be set of a taxonomy node."""

from __future__ import annotations

from pointsman_service.cli.fields import Field
from pointsman_service.cli.merging import LISTED
from pointsman_service.cli.names import node_ids

NODE_FIELDS = (
    Field("title", "--title", str, "A short name."),
    Field("description", "--description", str, "What these queries have in common; it places the node."),
    Field("parent_id", "--parent", str, "Id of the node above. [default: root]", names=node_ids),
    Field(
        "examples", "--example", list[str], "A query of this kind, which places the node, too; repeatable.",
        merging=LISTED,
    ),
)  # fmt: skip
