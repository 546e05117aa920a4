"""The words of this project, and nothing else: what a name means here, it means everywhere. Read this page first.

The ideas:

step                a daily dose that holds on each day of [since, until), with the terms that it is the sum of
course              the steps of all orders that will be taken, in one reading of the request
reading             what a request means where it does not say: whether a draft replaces what is taken or adds to it
fact                something about the patient: known, reported none, or unknown with the reason

The words:

order               a MedicationRequest of baclofen that somebody is about to sign
case                the orders of one request, what is known of the patient, and the day
rule                one dated file of cds_service/rules
finding             one rule that has something to say about a case
card                what the clinician reads; it groups findings
line                an order of the record: when it was written, when it began, when it ends
signing             the orders that are signed on one day; the drafts are one, and so are lines of the record
taken now           the lines that run; only where none runs those that ended last, within 30 days (taken.py)
first prescription  nothing is taken now, and was not within 30 days of the draft, and that is known

May import nothing of ours.
"""
