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
taken now           the baclofen that the record shows as active, or as ended within the last 30 days
first prescription  nothing is taken now, and that is known

Imports nothing of ours outside this folder.
"""
