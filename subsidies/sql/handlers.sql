-- Whoever handled a claim approves nothing of it: who cleared or placed a hold, who had the systems asked again, who sent the
-- record back. In place of the function of holds.sql; its trigger stays.

CREATE OR REPLACE FUNCTION refuse_held_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND cleared_at IS NULL) THEN
        RAISE EXCEPTION 'claim % is held', NEW.id USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'approved' AND EXISTS (
        SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND cleared_by_id = NEW.approved_by_id
    ) THEN
        RAISE EXCEPTION 'whoever cleared a hold of claim % cannot approve it', NEW.id USING ERRCODE = 'check_violation';
    ELSIF NEW.state = 'approved' AND (
        EXISTS (SELECT FROM subsidies_hold WHERE claim_id = NEW.id AND placed_by_id = NEW.approved_by_id)
        OR EXISTS (
            SELECT FROM subsidies_claimevent
            WHERE claim_id = NEW.id AND by_id = NEW.approved_by_id AND verb IN ('ask_again', 'demand_correction'))
    ) THEN
        RAISE EXCEPTION 'whoever handled claim % cannot approve it', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
