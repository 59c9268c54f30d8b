"""The judges: each gives one opinion of one answer, behind one protocol (`ports.AnswerJudge`).

`format` and `agreement` are free and see every answer; `rubric`, `recorded` and plug-ins cost a call and are asked when
their verdict could change what happens next; `logprob` reads what the provider sent along.
"""
