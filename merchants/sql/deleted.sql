-- What the application deletes from: what a register's file made and is taken back, and who took part in what.
SELECT application_deletes('merchants_merchant');
SELECT application_deletes('merchants_agentpoint');
SELECT application_deletes('merchants_agentauthorization');
SELECT application_deletes('merchants_training_attended_by');
SELECT application_deletes('merchants_tradeinevent_merchants');
