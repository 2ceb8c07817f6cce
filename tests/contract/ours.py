"""What our stores promise beyond the contract: one verdict on each value, whatever the database."""

import pytest

from chatkit_forge.contract.harness import Harness, TContext, contract_test
from chatkit_forge.contract.hostile import REFUSED_OR_KEPT
from chatkit_forge.contract.samples import attachment
from chatkit_forge.contract.scene import Scene


class OurVerdicts(Harness[TContext]):
    """Hold that all of our stores refuse the same."""

    @pytest.mark.parametrize("kind", REFUSED_OR_KEPT)
    @contract_test
    async def test_p16_ours_refuse(self, scene: Scene[TContext], kind: str) -> None:
        """Refuse with ValueError, on every database, what JSON cannot keep."""
        metadata = {"value": REFUSED_OR_KEPT[kind]}
        with pytest.raises(ValueError, match=r"JSON|bytes"):
            await scene.thread(metadata=metadata)
        record = attachment("atc_1").model_copy(update={"metadata": metadata})
        with pytest.raises(ValueError, match=r"JSON|bytes"):
            await scene.store.save_attachment(record, scene.alice)
