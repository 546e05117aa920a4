"""A defect of ours, as the log may tell it: its type and place. Its message may hold what the request held."""

INTERNAL_FAULT = "internal-fault"
"""Why something was not read or not judged, where a defect of ours is the reason."""


def where(defect: Exception) -> str:
    """`KeyError in read_dose:120`."""
    trace = defect.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(defect).__name__ + place
