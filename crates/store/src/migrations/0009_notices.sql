-- A notice says hours and yen; the time itself stands in the meter and in the record (docs/decisions/0020-two-custodians.md).
UPDATE fee_notices SET body = json_remove(body, '$.metered_nanos');
