"""The evaluator without its process: the very function that the process runs, in a thread, on any log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pointsman_service.application.evaluation import evaluated
from pointsman_service.domain.operations import Savings, WhatIf
from pointsman_service.ports import Reads, SavingsAsked, WhatIfAsked


@dataclass(frozen=True)
class EvaluatesHere:
    """Implements ports.PolicyEvaluator."""

    log: Reads

    async def what_if(self, asked: WhatIfAsked) -> WhatIf:
        """See the port."""
        return await asyncio.to_thread(evaluated, asked, self.log)

    async def savings(self, asked: SavingsAsked) -> Savings:
        """See the port."""
        return await asyncio.to_thread(evaluated, asked, self.log)
