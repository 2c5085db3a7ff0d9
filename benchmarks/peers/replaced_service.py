"""The service that the product replaces: FastAPI and Celery, Redis between them, one pipeline call a ticket.

  POST /v1/bert_prediction        scores in the request
  POST /v1/bert_prediction_async  hands a Celery worker the text and answers with the task's id
  GET  /result/{task_id}          by polling

Settings, by environment: REDIS_URL (broker and results), MODEL_DIR. It writes to no database, which
spares it a part of what the product does.
"""

import contextlib
import os
import time

import bundled_model
from celery import Celery
from celery.result import AsyncResult
from celery.signals import worker_process_init
from fastapi import FastAPI, Response
from pydantic import BaseModel

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
MODEL_DIR = os.environ.get("MODEL_DIR", str(bundled_model.DIRECTORY))

_pipeline = None


def load(**_):
    """Once in each process, after Celery has forked: torch's threads do not survive a fork."""
    global _pipeline
    from transformers import pipeline

    tokenizer, model = bundled_model.load(MODEL_DIR)
    _pipeline = pipeline("text-classification", model=model, tokenizer=tokenizer, truncation=True)
    _pipeline("ready")


def classify(text):
    best = _pipeline(text)[0]
    return {"task_priority": best["label"], "priority_score": best["score"]}


worker_process_init.connect(load)
celery = Celery("replaced_service", broker=REDIS_URL, backend=REDIS_URL)


@celery.task(name="bert_prediction")
def bert_prediction(text):
    start = time.time()
    result = classify(text)
    return {**result, "duration_seconds": time.time() - start}


@contextlib.asynccontextmanager
async def lifespan(_):
    load()
    yield


app = FastAPI(lifespan=lifespan)


class Ticket(BaseModel):
    text: str


@app.get("/status")
def status():
    return {"status": "ok"}


# Plain functions, as FastAPI's documentation has it for what blocks: they run on its thread pool.
@app.post("/v1/bert_prediction")
def predict(ticket: Ticket):
    return classify(ticket.text)


@app.post("/v1/bert_prediction_async", status_code=202)
def submit(ticket: Ticket, response: Response):
    task = bert_prediction.delay(ticket.text)
    response.headers["Location"] = f"/result/{task.id}"
    return {"task_id": task.id, "status": "submitted"}


@app.get("/result/{task_id}")
def result(task_id: str):
    task = AsyncResult(task_id, app=celery)
    state = task.state
    return {"task_id": task_id, "status": state, "result": task.result if state == "SUCCESS" else None}
