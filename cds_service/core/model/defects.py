"""Names a defect of ours for the log, by type and place; its message may hold data of the patient."""

INTERNAL_FAULT = "internal-fault"
"""Why something was not read or not judged, where a defect of ours is the reason."""


def where(defect: Exception) -> str:
    """The type and place of an exception: `KeyError in read_dose:120`."""
    trace = defect.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(defect).__name__ + place
