-- What a job keeps of the wire protocol that it was asked for in has the protocol's name under this word.
update waybill.jobs set origin = (origin - 'dialect') || jsonb_build_object('protocol', origin -> 'dialect')
where origin ? 'dialect';
