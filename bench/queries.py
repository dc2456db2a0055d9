"""The six questions of the linking benchmark. {id} is the person column: number_id for the peers, person in Renketsu."""

QUERIES = {
    "overlap": """
        select count(*) as persons
        from (select distinct {id} from anon) a join (select distinct {id} from ndb) n on a.{id} = n.{id}""",
    "profile": """
        select a.sex, a.age_band, count(*) as rows, sum(n.points) as points
        from anon a join ndb n on a.{id} = n.{id}
        group by a.sex, a.age_band order by 1, 2""",
    "cohort": """
        select n.month, count(distinct n.{id}) as persons
        from ndb n join (select distinct {id} from anon where dx between 100 and 149) c on c.{id} = n.{id}
        where n.drug between 1000 and 1999
        group by n.month order by 1""",
    "burden": """
        select least(cast(floor(points / 100000.0) as bigint), 20) as bin, count(*) as persons
        from (select n.{id}, sum(n.points) as points
              from ndb n join (select distinct {id} from anon) a on a.{id} = n.{id} group by n.{id}) t
        group by 1 order by 1""",
    "missing": """
        select count(*) as persons
        from (select distinct {id} from anon where {id} is not null) a
        where not exists (select 1 from ndb n where n.{id} = a.{id})""",
    "onset": """
        select b.month - a.month as lag, count(*) as persons
        from (select {id}, min(month) as month from anon where dx < 50 group by {id}) a
        join (select {id}, min(month) as month from ndb where drug < 500 group by {id}) b on a.{id} = b.{id}
        where b.month >= a.month
        group by 1 order by 1""",
}

# What the peers must filter by hand; Renketsu does it at import.
CLEAN = "number_id is not null and number_id <> '9'"
